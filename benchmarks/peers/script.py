"""The pages of a list of addresses by requests, as such scripts are written: `python script.py < addresses`."""

import hashlib
import sys

import pandas as pd
import requests
from bs4 import BeautifulSoup

rows = []
session = requests.Session()
for url in sys.stdin.read().split():
    try:
        response = session.get(url, timeout=30)
        response.raise_for_status()
    except requests.RequestException as error:
        print(f"{url}: {error}", file=sys.stderr)
        continue
    title = BeautifulSoup(response.content, "html.parser").title
    sha256 = hashlib.sha256(response.content).hexdigest()
    rows.append({"url": url, "title": title.get_text() if title else None, "sha256": sha256})
pd.DataFrame(rows).to_parquet("rows.parquet")

"""What a page may cost at most: every limit of reading in one table, each with its reason.

A page of a trial is some 50 KB, 1,500 elements and 30 levels, and takes milliseconds; each limit leaves at least a
factor of ten above the largest page that a registry prints, and keeps the worst page from costing more than itself.
"""

MAX_BYTES = 16 * 2**20  # of a body, unpacked: the largest page seen in a registry stays under 2 MB
MAX_DEPTH = 200  # of elements: an HTML parser slows down or drops text where they nest deeper; a page needs some 30
MAX_NODES = 500_000  # elements of a page: they take memory beyond what their bytes tell
MAX_TEXT = 8 * 2**20  # characters of one run of text: no trial's text has a hundredth of them
MAX_PATTERN = 100_000  # characters of a field that a pattern is tried on at once: the longest has 32,000
CPU_SECONDS = 10  # to read one page: a hundred times what the largest takes
WALL_SECONDS = 60  # to read one page, on a machine that is busy with other things
MEMORY_BYTES = 512 * 2**20  # to read one page: `benchmarks.large` shows 15 to 20 times its bytes, of 16 MiB at most

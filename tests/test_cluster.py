"""Builds on a dask cluster, whose workers read the archive from an object store: real ones, on this machine."""

import os
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from distributed import LocalCluster
from moto.server import ThreadedMotoServer

from registry.errors import SettingsError, StoreError
from scraper.histories import histories
from scraper.ledger import Ledger
from scraper.spans import Span, answers
from scraper.store import ARCHIVE, LEDGER
from tests.nights import Nights
from tests.test_build import built_sums
from trials import child, engines
from trials.batches import Done, Task, Trial, tasks
from trials.child import _Running, _started
from trials.practice.world import World
from trials.table_commands import engine_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
_BUCKET = "registry-pages"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cluster") / "store"
    nights = Nights(folder)
    nights.keep(World(trials=12))
    nights.keep(World(trials=12, night=30, pace=10))
    return folder


@pytest.fixture
def bucket(store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a copy of the archive in an object store."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in (
        ("AWS_ENDPOINT_URL", f"http://{host}:{port}"),
        ("AWS_ACCESS_KEY_ID", "practice"),
        ("AWS_SECRET_ACCESS_KEY", "practice"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    files = fsspec.filesystem("s3", skip_instance_cache=True)
    files.makedirs(_BUCKET, exist_ok=True)
    for path in (store / ARCHIVE).iterdir():
        files.pipe(f"{_BUCKET}/{ARCHIVE}/{path.name}", path.read_bytes())
    yield f"s3://{_BUCKET}/{ARCHIVE}"
    server.stop()
    fsspec.filesystem("s3").clear_instance_cache()


def test_a_cluster_gives_the_same_bytes_as_this_machine(store: Path, bucket: str) -> None:
    expected = built_sums(store)
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        engine = engine_of("dask", cluster.scheduler_address, 0)
        assert built_sums(store, full=True, engine=engine, archive=bucket) == expected


@pytest.fixture
def threads() -> Iterator[str]:
    """The scheduler of a cluster whose one worker has two threads, here in this process."""
    with LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, protocol="tcp", dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


def _breaks_its_process(_task: Task) -> Done:
    os._exit(9)


def test_a_page_that_breaks_its_process_costs_no_worker(
    store: Path, threads: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = built_sums(store)
    monkeypatch.setattr(engines, "carry_out", _breaks_its_process)
    monkeypatch.setattr("trials.batches.PAGES", 10)
    assert built_sums(store, full=True, engine=engine_of("dask", threads, 0)) == expected


@pytest.fixture
def given(store: Path, monkeypatch: pytest.MonkeyPatch) -> list[Task]:
    """Small tasks."""
    monkeypatch.setattr("trials.batches.PAGES", 2)
    with Ledger(store / LEDGER, read_only=True) as ledger:
        return list(tasks(str(store / ARCHIVE), [Trial(history, {}) for history in histories(ledger)]))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[_Running]:
    """The processes that are started."""
    running: list[_Running] = []

    def noted(start: str, patience: float | None) -> _Running:
        running.append(_started(start, patience))
        return running[-1]

    monkeypatch.setattr(child, "_started", noted)
    return running


def test_the_processes_of_a_build_end_with_it(threads: str, given: list[Task], started: list[_Running]) -> None:
    done = engine_of("dask", threads, 0)(given)
    assert next(done).nct_ids == tuple(trial.history.nct_id for trial in given[0].trials)
    assert 1 <= len(started) <= 2
    done.close()  # as Ctrl-C does
    assert all(each.process.poll() is not None for each in started)


def test_a_build_that_was_killed_leaves_processes_until_the_next_one(
    threads: str, given: list[Task], started: list[_Running]
) -> None:
    killed = engine_of("dask", threads, 0)(given)  # it is not closed before the end of this test
    for _ in given:
        next(killed)
    left = [each.process for each in started]
    assert [process.poll() for process in left] == [None] * len(left)
    found = list(engine_of("dask", threads, 0)(given[:2]))
    assert [done.nct_ids for done in found] == [tuple(t.history.nct_id for t in task.trials) for task in given[:2]]
    assert all(process.poll() is not None for process in left)
    killed.close()


def test_an_object_that_is_not_there_is_a_damaged_record(bucket: str) -> None:
    (found,) = answers(bucket, [Span("no-such-file.warc.gz", 0, 100)])
    assert isinstance(found, StoreError)
    assert "no-such-file.warc.gz" in str(found)


def test_an_object_store_that_does_not_answer_is_no_damage(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    fsspec.filesystem("s3").clear_instance_cache()
    with pytest.raises(StoreError, match=r"cannot be reached \(Could not connect"):
        list(answers(bucket, [Span("file.warc.gz", 0, 100)]))
    fsspec.filesystem("s3").clear_instance_cache()


def test_a_scheduler_that_does_not_answer_is_said(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "1s")
    with pytest.raises(StoreError, match="does not answer"):
        built_sums(store, full=True, engine=engine_of("dask", "tcp://127.0.0.1:9", 0))


@pytest.mark.parametrize(
    ("name", "scheduler", "sentence"),
    [("dask", None, "needs the address"), ("spark", None, "is no engine"), ("processes", "tcp://x", "is for")],
)
def test_engines_that_cannot_be(name: str, scheduler: str | None, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        engine_of(name, scheduler, 0)

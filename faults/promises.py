"""Every promise that is measured, in the order of the fault table."""

from faults import damage, elsewhere, kills, network, order, pace, robots, syscalls
from faults.promise import Promise

PROMISES = (
    Promise("N01", "bodies cut short of their framing", network.cut_bodies),
    Promise("N02", "gzip that is cut or damaged under right framing", network.cut_gzip),
    Promise("N03", "HTML cut that nothing frames", network.cut_html),
    Promise("N04", "decompression bombs, under any status and as robots.txt (N05)", network.bombs),
    Promise("N06", "content codings that are chained, false, unknown", network.codings),
    Promise("N07", "silence, and answers byte by byte", network.slow_answers, takes_minutes=True),
    Promise("N08", "heads that are too large, ambiguous, or none", network.no_http),
    Promise("N09", "redirects to other hosts and schemes, chains and loops (N10)", elsewhere.redirects),
    Promise("N13", "Retry-After in 13 forms, and across restarts", pace.retry_after, takes_minutes=True),
    Promise("N14", "a third of all answers fails", network.flaky_site),
    Promise("N15", "304 to whoever holds nothing, or something else", network.not_modified),
    Promise("N16", "206, 204, no body, PDF, JSON", network.no_pages),
    Promise("P06", "another trial's page", network.other_trials),
    Promise("P07", "notices at status 200", network.soft_errors),
    Promise("R01", "16 ways in which robots.txt is answered", robots.statuses),
    Promise("R02", "21 ways in which robots.txt is written", robots.contents),
    Promise("R03", "the delay across kills and runs", pace.spacing),
    Promise("S01", "kill -9 at any moment, the same command again", kills.random_kills),
    Promise("S02", "kill at every system call that changes a file", syscalls.killed_calls),
    Promise("S03", "the order of writes and syncs, for a power loss", order.order_of_writes),
    Promise("S04", "a full disk, and one that fails", syscalls.failing_disk),
    Promise("S05", "the archive clipped at every byte of the last exchange", damage.clipped_archive),
    Promise("S06", "single bits flipped in a store at rest", damage.flipped_bits),
    Promise("S08", "2 to 8 runs at once, the holder killed", kills.runs_at_once),
)

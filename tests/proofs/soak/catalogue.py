"""All faults, by the short names of the command line."""

from collections.abc import Callable
from functools import partial
from typing import get_args

from tests.proofs.soak import faults, process_faults
from tests.proofs.soak.environment import Environment
from tests.proofs.soak.faults import Fault, Mixed, OneWorkerCut, Policy

Make = Callable[[Environment], Fault]


def _mixed(environment: Environment) -> Fault:
    return Mixed(
        [
            OneWorkerCut(environment, "swallow"),
            faults.Flushed(environment),
            faults.RedisPaused(environment),
        ]
    )


FAULTS: dict[str, Make] = {
    "killed": faults.RedisKilled,
    "paused": faults.RedisPaused,
    # Slow, but below REDIS_TIMEOUT: the worker goes on using Redis.
    "slow": partial(OneWorkerCut, mode="delay", seconds=0.02, noticed=False),
    "late": partial(OneWorkerCut, mode="delay", seconds=0.2),
    "cut": partial(OneWorkerCut, mode="cut"),
    "swallow": partial(OneWorkerCut, mode="swallow"),
    "garbage": partial(OneWorkerCut, mode="garbage"),
    "flushall": faults.Flushed,
    "script-flush": faults.ScriptsFlushed,
    **{policy: partial(faults.MemoryFull, policy=policy) for policy in get_args(Policy)},
    "maxclients": faults.ConnectionsExhausted,
    "pool": process_faults.NarrowPool,
    "failover": process_faults.Failover,
    "worker-killed": process_faults.WorkerKilled,
    "database": process_faults.DatabaseStopped,
    "clock-back": partial(process_faults.ClockShifted, seconds=-3600),
    "clock-ahead": partial(process_faults.ClockShifted, seconds=3600),
    "mixed": _mixed,
}

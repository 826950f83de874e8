"""The address of Redis from the environment; errors name the variable and hide the password."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from feedsite import caches

SECRET = "hunter2"
NAMES = (
    "REDIS_URL",
    "REDIS_PRIVATE_URL",
    "UPSTASH_REDIS_REST_URL",
    "UPSTASH_REDIS_REST_TOKEN",
    "REDIS_HOST",
    "REDIS_PORT",
    "REDIS_PASSWORD",
    "REDIS_POOL_SIZE",
    "REDIS_POOL_TIMEOUT",
    "REDIS_TIMEOUT",
    "REDIS_CONNECT_TIMEOUT",
    "REDIS_SENTINEL_PASSWORD",
    "REDIS_KEY_PREFIX",
)


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    return monkeypatch


def refusal(read: Any = caches.redis_url) -> str:
    with pytest.raises(ImproperlyConfigured) as caught:
        read()
    return str(caught.value)


def options(url: str) -> dict[str, Any]:
    built: dict[str, Any] = caches.cache(url)["OPTIONS"]
    return built


def test_no_redis_without_any_variable() -> None:
    assert caches.redis_url() is None
    assert caches.cache(None)["BACKEND"] == "django.core.cache.backends.locmem.LocMemCache"


def test_first_variable_that_is_set_wins(env: pytest.MonkeyPatch) -> None:
    env.setenv("REDIS_HOST", "last")
    env.setenv("REDIS_PASSWORD", "p@ss")
    assert caches.redis_url() == "redis://:p%40ss@last:6379/0"
    env.setenv("UPSTASH_REDIS_REST_URL", "https://third.upstash.io")
    env.setenv("UPSTASH_REDIS_REST_TOKEN", "to/ken")
    assert caches.redis_url() == "rediss://default:to%2Fken@third.upstash.io:6379"
    env.setenv("REDIS_PRIVATE_URL", "redis://second")
    assert caches.redis_url() == "redis://second"
    env.setenv("REDIS_URL", "redis://first")
    assert caches.redis_url() == "redis://first"


def test_empty_variable_counts_as_unset(env: pytest.MonkeyPatch) -> None:
    env.setenv("REDIS_URL", " ")
    env.setenv("REDIS_PRIVATE_URL", "redis://second")
    assert caches.redis_url() == "redis://second"


def test_redis_host_can_be_an_ipv6_address_with_port(env: pytest.MonkeyPatch) -> None:
    env.setenv("REDIS_HOST", "::1")
    env.setenv("REDIS_PORT", "7000")
    assert caches.redis_url() == "redis://[::1]:7000/0"


@pytest.mark.parametrize("name", ["REDIS_PORT", "REDIS_PASSWORD", "UPSTASH_REDIS_REST_TOKEN"])
def test_port_or_password_without_host_is_refused(env: pytest.MonkeyPatch, name: str) -> None:
    env.setenv(name, "6379")
    assert refusal().startswith(f"{name} is set, but no variable names the host of Redis")


def test_upstash_url_without_token_is_refused(env: pytest.MonkeyPatch) -> None:
    env.setenv("UPSTASH_REDIS_REST_URL", "https://a.upstash.io")
    assert refusal().startswith("UPSTASH_REDIS_REST_TOKEN is not set")


@pytest.mark.parametrize("url", ["http://a.upstash.io", "a.upstash.io", "https://", "https://a/b"])
def test_wrong_upstash_url_is_refused(env: pytest.MonkeyPatch, url: str) -> None:
    env.setenv("UPSTASH_REDIS_REST_URL", url)
    env.setenv("UPSTASH_REDIS_REST_TOKEN", SECRET)
    assert refusal() == "UPSTASH_REDIS_REST_URL must look like https://HOST."


@pytest.mark.parametrize(("name", "value"), [("REDIS_HOST", "a b"), ("REDIS_PORT", "70000")])
def test_wrong_host_or_port_is_refused(env: pytest.MonkeyPatch, name: str, value: str) -> None:
    env.setenv("REDIS_HOST", "fine")
    env.setenv(name, value)
    assert refusal().startswith(f"{name} must be")


@pytest.mark.parametrize("name", ["REDIS_URL", "REDIS_PRIVATE_URL"])
@pytest.mark.parametrize(
    "url",
    [
        f"http://:{SECRET}@host:6379",
        f"host:6379/{SECRET}",
        f"redis://:{SECRET}@",
        f"redis://:{SECRET}@host:port",
        f"redis://:{SECRET}@host:70000",
        f"redis://:{SECRET}@host:0",
        f"redis://:{SECRET}@one:6379,two:6379/0",
        f"redis://:{SECRET}@[::1/0",
        f"redis://:{SECRET}@host/0?{SECRET}",
        f"unix://:{SECRET}@",
        f"redis+sentinel://:{SECRET}@one:26379,/service",
        f"rediss+cluster://:{SECRET}@one:6379,two:port",
    ],
)
def test_error_for_wrong_redis_url_hides_its_password(
    env: pytest.MonkeyPatch, name: str, url: str
) -> None:
    env.setenv(name, url)
    error = refusal()
    assert error.startswith(f"{name} must look like redis://")
    assert SECRET not in error


@pytest.mark.parametrize(
    ("url", "error"),
    [
        (f"redis://:{SECRET}@host/feed", "must end in the number of a database"),
        (f"redis://:{SECRET}@host/0?db=x", "must end in the number of a database"),
        (f"redis+sentinel://:{SECRET}@host:26379/", "must name the service"),
        (f"redis+cluster://:{SECRET}@host/1", "a Cluster has only number 0"),
        (f"rediss://:{SECRET}@host/0?ssl_cert_reqs=none", "unknown options"),
        (f"redis://:{SECRET}@host/0?socket_timeout=60", "unknown options"),
    ],
)
def test_error_names_the_wrong_part_of_a_redis_url(
    env: pytest.MonkeyPatch, url: str, error: str
) -> None:
    env.setenv("REDIS_URL", url)
    refused = refusal()
    assert refused.startswith("REDIS_URL ")
    assert error in refused
    assert SECRET not in refused


def test_pool_and_timeouts_have_documented_defaults() -> None:
    pool = options("redis://host")["CONNECTION_POOL_KWARGS"]
    given = {key: pool[key] for key in ("max_connections", "timeout", "socket_connect_timeout")}
    assert given == {"max_connections": 10, "timeout": 5.0, "socket_connect_timeout": 2.0}


def test_pool_and_timeouts_can_be_set(env: pytest.MonkeyPatch) -> None:
    env.setenv("REDIS_POOL_SIZE", "3")
    env.setenv("REDIS_POOL_TIMEOUT", "0.5")
    env.setenv("REDIS_TIMEOUT", "0.2")
    env.setenv("REDIS_CONNECT_TIMEOUT", "1")
    pool = options("redis://host")["CONNECTION_POOL_KWARGS"]
    assert [pool["max_connections"], pool["timeout"]] == [3, 0.5]
    assert [pool["socket_timeout"], pool["socket_connect_timeout"]] == [0.2, 1.0]


@pytest.mark.parametrize("url", [None, "redis://host"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_POOL_SIZE", "0"),
        ("REDIS_POOL_TIMEOUT", "forever"),
        ("REDIS_TIMEOUT", "3"),
        ("REDIS_CONNECT_TIMEOUT", "0"),
    ],
)
def test_wrong_pool_number_is_refused_even_without_redis(
    env: pytest.MonkeyPatch, name: str, value: str, url: str | None
) -> None:
    env.setenv(name, value)
    assert refusal(lambda: caches.cache(url)).startswith(f"{name} must be")


@pytest.mark.parametrize("kind", ["rediss://host", "rediss+cluster://one,two"])
def test_tls_verifies_certificates_and_host_names(kind: str) -> None:
    pool = options(kind)["CONNECTION_POOL_KWARGS"]
    assert pool["ssl_cert_reqs"] == "required"
    assert pool["ssl_check_hostname"] is True


def test_sentinels_use_tls_too() -> None:
    built = options("rediss+sentinel://:pw@one/service?ssl_ca_certs=/ca.pem")
    for kwargs in (built["CONNECTION_POOL_KWARGS"], built["SENTINEL_KWARGS"]):
        assert kwargs["ssl"] is True
        assert kwargs["ssl_cert_reqs"] == "required"
        assert kwargs["ssl_check_hostname"] is True
        assert kwargs["ssl_ca_certs"] == "/ca.pem"


def test_sentinels_have_a_separate_password(env: pytest.MonkeyPatch) -> None:
    env.setenv("REDIS_SENTINEL_PASSWORD", "theirs")
    built = caches.cache("redis+sentinel://:ours@one,two:5000/Service/3")
    assert built["LOCATION"] == "redis://:ours@Service/3"
    assert built["OPTIONS"]["SENTINELS"] == [("one", 26379), ("two", 5000)]
    assert built["OPTIONS"]["SENTINEL_KWARGS"]["password"] == "theirs"


def test_cluster_has_one_location_because_more_would_be_replicas() -> None:
    built = caches.cache("rediss+cluster://me:pw@one,two:7000")
    assert built["LOCATION"] == "rediss://me:pw@one:6379"
    assert built["OPTIONS"]["STARTUP_NODES"] == [("two", 7000)]


def test_keys_have_the_prefix_of_the_site(env: pytest.MonkeyPatch) -> None:
    assert caches.cache("redis://host")["KEY_PREFIX"] == "feedsite"
    env.setenv("REDIS_KEY_PREFIX", "blog-2")
    assert caches.cache("redis://host")["KEY_PREFIX"] == "blog-2"


@pytest.mark.parametrize("value", ["a b", "{a}", "a:b", "a" * 65, "ä"])
def test_prefix_that_could_break_keys_is_refused(env: pytest.MonkeyPatch, value: str) -> None:
    env.setenv("REDIS_KEY_PREFIX", value)
    assert refusal(lambda: caches.cache("redis://host")).startswith("REDIS_KEY_PREFIX must be")

"""Settings: each wrong one stops the start with a sentence that says what to do, and none is read anywhere else."""

import base64
import os
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

import server
from server import Unusable, read_settings
from tests.test_map import HERE, OURS, settings_read

KEY = base64.b64encode(b"k" * 32).decode()
SECRET = "a secret of the tests, long enough to sign with"


@pytest.fixture
def demo(tmp_path: Path) -> dict[str, str]:
    """All that a demo needs to be told: nothing, but here a folder of its own."""
    return {"PORTAL_DATA": str(tmp_path / "var")}


@pytest.fixture
def real(tmp_path: Path) -> dict[str, str]:
    """The least a council sets for people who are not invented."""
    return {
        "DATABASE_URL": "postgresql://portal_app:x@db.example/portal",
        "PORTAL_OWNER_DATABASE_URL": "postgresql://portal_migrator:x@db.example/portal",
        "PORTAL_BASE_URL": "https://send.example.gov.uk",
        "PORTAL_SMTP_URL": "smtp+starttls://mail.example:587",
        "PORTAL_SECRET": SECRET,
        "PORTAL_KEYS": f"1:{KEY}",
        "PORTAL_DATA": str(tmp_path / "var"),
    }


def test_nothing_set_is_a_demo_on_this_machine_alone(demo: dict[str, str]) -> None:
    settings = read_settings(demo)
    assert (settings.demo, settings.database_url, settings.host, settings.port) == (True, "", "127.0.0.1", 8000)
    assert settings.base_url == "http://127.0.0.1:8000"
    assert (settings.idle, settings.warn) == (timedelta(minutes=10), timedelta(minutes=2))
    assert not settings.cheap_hashes


def test_a_database_given_means_people_who_are_not_invented(real: dict[str, str]) -> None:
    settings = read_settings(real)
    assert not settings.demo
    assert settings.keys == {1: b"k" * 32}
    assert not read_settings(real | {"PORTAL_CHEAP_HASHES": "yes"}).cheap_hashes, "only the demo's may be cheap"


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("PORTAL_PORT", "http"),
        ("PORTAL_PORT", "70000"),
        ("PORTAL_PORT", "-1"),
        ("PORTAL_PORT", "nan"),
        ("PORTAL_PORT", "inf"),
        ("PORTAL_PROXY", "*"),
        ("PORTAL_PROXY", "proxy.example"),
        ("PORTAL_PROXY", "10.0.0.1/8"),
        ("PORTAL_PROXY", "0.0.0.0/0"),
        ("PORTAL_PROXY", "127.0.0.1,"),
        ("PORTAL_LISTS", "/nowhere/lists.toml"),
        ("PORTAL_LISTS", "README.md"),
        ("PORTAL_DEMO", "true"),
        ("PORTAL_DEMO", "1"),
        ("PORTAL_CHEAP_HASHES", "maybe"),
        ("PORTAL_IDLE_MINUTES", "0"),
        ("PORTAL_IDLE_MINUTES", "600"),
        ("PORTAL_IDLE_MINUTES", "ten"),
        ("PORTAL_WARN_SECONDS", "0"),
        ("PORTAL_WARN_SECONDS", "600"),
        ("PORTAL_SESSION_HOURS", "48"),
        ("PORTAL_CODE_DRIFT", "2"),
        ("PORTAL_CODE_DRIFT", "-1"),
        ("PORTAL_COLOUR", "teal"),
        ("PORTAL_COLOUR", "#12345"),
        ("PORTAL_COLOUR", "#123456;}"),
        ("PORTAL_BASE_URL", "send.example.gov.uk"),
        ("PORTAL_BASE_URL", "ftp://send.example.gov.uk"),
        ("PORTAL_BASE_URL", "https://"),
        ("PORTAL_BASE_URL", "http://["),
        ("PORTAL_SMTP_URL", "mail.example:25"),
        ("PORTAL_SMTP_URL", "http://mail.example"),
        ("PORTAL_SMTP_URL", "smtp://[::1"),
        ("PORTAL_SMTP_URL", "smtp://mail.example:port"),
        ("PORTAL_SECRET", "short"),
        ("PORTAL_RECEIPT_DAYS", "0"),
        ("PORTAL_SEN2_CODES", "source=3"),
        ("PORTAL_SEN2_CODES", "requestsource"),
        ("PORTAL_PDF_WORKERS", "0"),
        ("PORTAL_CONNECTIONS", "1"),
        ("PORTAL_OWNER_DATABASE_URL", "not a connection"),
    ],
)
def test_a_wrong_setting_is_named(demo: dict[str, str], name: str, typed: str) -> None:
    with pytest.raises(Unusable) as told:
        read_settings(demo | {name: typed})
    assert name in str(told.value)


@pytest.mark.parametrize(
    "keys",
    [
        "x",
        f"{KEY}",
        f"0:{KEY}",
        f"256:{KEY}",
        "1:",
        "1:AAAA",
        f"1:{KEY[:-4]}",
        f"1:{KEY},2:AAAA",
        f"one:{KEY}",
        f"²:{KEY}",
    ],
)
def test_keys_that_could_not_be_used_are_refused(real: dict[str, str], keys: str) -> None:
    with pytest.raises(Unusable, match="PORTAL_KEYS"):
        read_settings(real | {"PORTAL_KEYS": keys})


def test_the_first_key_encrypts_and_all_decrypt(real: dict[str, str]) -> None:
    other = base64.b64encode(b"o" * 32).decode()
    assert list(read_settings(real | {"PORTAL_KEYS": f" 2:{other} , 1:{KEY}"}).keys) == [2, 1]


@pytest.mark.parametrize(
    ("left_out", "named"),
    [
        ("PORTAL_OWNER_DATABASE_URL", "PORTAL_OWNER_DATABASE_URL"),
        ("PORTAL_BASE_URL", "PORTAL_BASE_URL"),
        ("PORTAL_SMTP_URL", "PORTAL_SMTP_URL"),
        ("PORTAL_SECRET", "PORTAL_SECRET"),
        ("PORTAL_KEYS", "PORTAL_KEYS"),
    ],
)
def test_what_real_people_s_data_needs_cannot_be_left_out(real: dict[str, str], left_out: str, named: str) -> None:
    with pytest.raises(Unusable, match=named):
        read_settings({name: typed for name, typed in real.items() if name != left_out})


def test_real_people_sign_in_over_https_only(real: dict[str, str]) -> None:
    with pytest.raises(Unusable, match="https"):
        read_settings(real | {"PORTAL_BASE_URL": "http://send.example.gov.uk"})


@pytest.mark.parametrize("name", ["PORTAL_SECRET", "PORTAL_KEYS", "DATABASE_URL", "PORTAL_OWNER_DATABASE_URL"])
def test_a_secret_that_is_wrong_is_not_repeated(real: dict[str, str], name: str) -> None:
    typed = "postgresql://me:hush@[broken" if "URL" in name else "hush"
    with pytest.raises(Unusable) as told:
        read_settings(real | {name: typed})
    assert "hush" not in str(told.value)


def test_the_demo_makes_its_own_secrets_once_and_for_its_owner_only(demo: dict[str, str]) -> None:
    first, second = read_settings(demo), read_settings(demo)
    assert first.secret == second.secret
    assert first.keys == second.keys
    assert len(first.secret) >= 32
    path = Path(demo["PORTAL_DATA"]) / "secrets.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    other = read_settings({"PORTAL_DATA": demo["PORTAL_DATA"] + "2"})
    assert (other.secret, other.keys) != (first.secret, first.keys)


def test_blanks_around_a_setting_do_not_count_and_an_empty_one_is_not_set(demo: dict[str, str]) -> None:
    assert read_settings(demo | {"PORTAL_PORT": " 8123 "}).port == 8123
    empty = dict.fromkeys(settings_read(OURS["server.py"]) - {"PORTAL_DATA"}, "  ")
    assert read_settings(demo | empty) == read_settings(demo)


def started(**environment: str) -> subprocess.CompletedProcess[str]:
    """The program, which should not start with these settings."""
    plain = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "server.py"], cwd=HERE, env=plain | environment, capture_output=True, text=True, timeout=60
    )


def test_a_start_that_cannot_be_says_why_in_one_sentence(tmp_path: Path) -> None:
    ended = started(PORTAL_DATA=str(tmp_path), PORTAL_PORT="eight thousand")
    assert ended.returncode == 1
    assert "The portal did not start." in ended.stderr
    assert "PORTAL_PORT" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not list(tmp_path.iterdir()), "nothing was made before the settings were read"


def test_a_database_that_cannot_be_reached_is_said_and_its_password_is_not(tmp_path: Path) -> None:
    url = "postgresql://portal_app:hush@127.0.0.1:1/portal"
    ended = started(DATABASE_URL=url, PORTAL_OWNER_DATABASE_URL=url, PORTAL_DEMO="yes", PORTAL_DATA=str(tmp_path))
    assert ended.returncode == 1
    assert "cannot be reached" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "hush" not in ended.stderr + ended.stdout


def test_every_field_of_the_settings_is_set_by_a_setting() -> None:
    """A field that no setting reaches is a constant, and belongs where it is used."""
    text = OURS["server.py"].partition("return Settings(")[2]
    missing = [name for name in server.Settings.__dataclass_fields__ if f"{name}=" not in text]
    assert not missing

"""What `exchange serve` refuses to start with, each in one sentence."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from exchange.cli.app import app

ISSUER = ["--set", "oidc_issuer=https://x.example.org", "--set", "oidc_audience=a", "--set", "oidc_client_id=b"]


@pytest.mark.parametrize(
    ("flags", "variables", "sentence"),
    [
        (["--dev-auth"], {"FLY_APP_NAME": "class"}, "refused in production"),
        (["--dev-auth", *ISSUER], {}, "choose one of them"),
        (["--dev-auth", "--set", "behind_fly_proxy=yes"], {}, "behind a proxy"),
        (["--dev-auth", "--host", "0.0.0.0"], {}, "--dev-auth-anywhere"),
        (["--dev-auth-anywhere"], {}, "says nothing without"),
        (["--set", "oidc_issuer=https://x.example.org"], {}, "oidc_audience is missing"),
        ([], {"EXCHANGE_OIDC_ISSUER": "http://x.example.org"}, "https address"),
        ([*ISSUER, "--set", "entry_file=/nowhere/people.csv"], {}, "cannot be read"),
        (["--set", "admin_subjects=kp_ada"], {}, "need an issuer"),
        (["--set", "no_such=1"], {}, "there is no setting"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence_and_nothing_is_made(
    tmp_path: Path, flags: list[str], variables: dict[str, str], sentence: str
) -> None:
    file = tmp_path / "exchange.db"
    command = ["serve", "--db", str(file), "--port", "0", *flags]
    result = CliRunner().invoke(app, command, env={**variables, "COLUMNS": "1000", "TERMINAL_WIDTH": "1000"})
    assert result.exit_code == 2
    assert sentence in " ".join(result.output.replace("│", " ").split())
    assert "Traceback" not in result.output
    assert list(tmp_path.iterdir()) == []

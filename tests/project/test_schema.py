"""The generated code of the schema lives in one place and refers to itself there."""

from pathlib import Path

from scripts.generate_schema import differences, generate, write

TYPES = 'syntax = "proto3"; package exchange.v1; message Level { int64 price = 1; }'
SERVER = """syntax = "proto3"; package exchange.v1;
import "exchange/v1/types.proto"; import "google/protobuf/timestamp.proto";
message Book { repeated Level bids = 1; google.protobuf.Timestamp at = 2; }"""


def _scratch_schema(folder: Path) -> Path:
    (folder / "exchange/v1").mkdir(parents=True)
    (folder / "exchange/v1/types.proto").write_text(TYPES)
    (folder / "exchange/v1/server.proto").write_text(SERVER)
    return folder


def test_generated_files_import_each_other_from_the_client(tmp_path: Path) -> None:
    generated = generate(_scratch_schema(tmp_path))
    assert generated.keys() == {"server_pb2.py", "server_pb2.pyi", "types_pb2.py", "types_pb2.pyi"}
    for name in ("server_pb2.py", "server_pb2.pyi"):
        assert "from exchange_client.schema import types_pb2 as" in generated[name]
        assert "from google.protobuf import timestamp_pb2 as" in generated[name]
    assert not any("exchange.v1 import" in code or "'exchange.v1.types_pb2'" in code for code in generated.values())


def test_missing_changed_and_left_over_files_are_stale_until_written(tmp_path: Path) -> None:
    wanted = {"a_pb2.py": "a = 1\n", "b_pb2.py": "b = 1\n"}
    (tmp_path / "b_pb2.py").write_text("b = 2\n")
    (tmp_path / "c_pb2.pyi").write_text("c: int\n")
    assert differences(wanted, tmp_path) == ["a_pb2.py", "b_pb2.py", "c_pb2.pyi"]
    write(wanted, tmp_path)
    assert differences(wanted, tmp_path) == []

"""Terraform and the code agree: names, prefixes, handlers, timeouts, table keys, permissions."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from terraform_source import TERRAFORM, parse, plain

from syncline.aws import notifications, settings
from syncline.aws.metadata_index import METADATA_INDEX
from syncline.aws.state_index import STATE_INDEX
from syncline.aws.store import TABLE_DEFINITION
from syncline.core import layout, results
from syncline.local import provision
from syncline.pipeline import metrics
from syncline.pipeline.lease_keeper import EXTENSIONS_PER_LEASE
from worker import logs

ROOT = TERRAFORM.parent
DOCKERFILE = (ROOT / "docker" / "worker.Dockerfile").read_text(encoding="utf-8")
PLAIN = settings.Settings()


# ---------------------------------------------------------------- settings


def test_every_variable_that_terraform_sets_is_a_setting(sources: dict[str, str]) -> None:
    used = {name for text in sources.values() for name in re.findall(r"\bSYNCLINE_[A-Z_]+", text)}
    assert used
    assert used <= set(settings.VARIABLES)


def test_the_environment_names_every_resource_of_the_deployment(sources: dict[str, str]) -> None:
    resources = [name for name, default in _fields() if name.endswith(("bucket", "table", "_queue", "_dead_letters"))]
    assert len(resources) == 8
    for name in resources:
        assert settings.variable(name) in sources["environment.tf"]


def _fields() -> list[tuple[str, Any]]:
    return [(name, getattr(PLAIN, name)) for name in settings.NAMES]


def test_no_variable_contains_a_secret(sources: dict[str, str]) -> None:
    assert not any(re.search(r"SYNCLINE_TOKEN\b", text) for text in sources.values())


def test_defaults_are_those_of_the_code() -> None:
    variables = {name.strip('"'): block for item in parse("variables.tf")["variable"] for name, block in item.items()}
    assert plain(variables["default_engine"]["default"], {}) == PLAIN.engine
    assert plain(variables["translation_model"]["default"], {}) == PLAIN.translation_model
    assert variables["default_translate_to"]["default"] == list(PLAIN.translate_to)


def test_the_task_definition_uses_the_paths_and_user_of_the_image(contract: dict[str, Any]) -> None:
    assert f"SYNCLINE_MODELS={contract['models_path']}" in DOCKERFILE
    assert re.search(rf"useradd .*--uid {contract['image_user_id']}\b", DOCKERFILE)


# ---------------------------------------------------------------- names


def test_prefixes_are_those_of_the_layout(contract: dict[str, Any]) -> None:
    assert contract["uploads_prefix"] == layout.UPLOADS
    assert contract["results_prefix"] == layout.RESULTS
    assert contract["record_name"] == results.RECORD_NAME


@pytest.mark.parametrize("role", ["reception", "status", "dead_letters", "align"])
def test_handlers_exist(contract: dict[str, Any], role: str) -> None:
    module, _, name = contract["handlers"][role].rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))


@pytest.mark.parametrize(
    ("module", "each", "queue"),
    [("ingest_queue", "", "ingest"), ("work_queue", "live", "live"), ("work_queue", "bulk", "bulk")],
)
def test_queues_are_named_as_in_the_local_stack(module: str, each: str, queue: str) -> None:
    declared = _module(module)
    assert not each or each in str(declared["for_each"])
    assert declared["name"].strip('"').replace("${each.key}", each) == f"${{var.name}}-{queue}"
    assert f'f"{{NAME}}-{queue}"' in inspect.getsource(provision)


def test_the_table_is_named_as_in_the_local_stack() -> None:
    assert _module("jobs_table")["name"].strip('"') == "${var.name}-jobs"
    assert 'f"{NAME}-jobs"' in inspect.getsource(provision)


def test_the_event_rule_matches_what_the_code_publishes(contract: dict[str, Any]) -> None:
    assert contract["event_source"] == notifications.SOURCE
    assert contract["event_detail_type"] == notifications.DETAIL_TYPE
    assert contract["deleted_detail_type"] == notifications.DELETED_DETAIL_TYPE


def test_the_dashboard_shows_metrics_that_workers_write(contract: dict[str, Any], sources: dict[str, str]) -> None:
    assert (contract["metric_namespace"], contract["metric_service"]) == (metrics.NAMESPACE, logs.SERVICE)
    shown = set(re.findall(r'"((?:Jobs|Times|QueueWait)\w+)"', sources["modules/observability/dashboard.tf"]))
    assert shown
    assert shown <= set(metrics.UNITS)


def _module(name: str) -> dict[str, Any]:
    return next(item[f'"{name}"'] for item in parse("main.tf")["module"] if f'"{name}"' in item)


# ---------------------------------------------------------------- timeouts and counts


def test_visibility_is_six_times_the_functions_timeout(contract: dict[str, Any]) -> None:
    assert contract["function_timeout_seconds"] == provision.FUNCTION_TIMEOUT_SECONDS
    assert contract["function_queue_visibility_seconds"] == 6 * contract["function_timeout_seconds"]
    assert contract["function_queue_visibility_seconds"] == provision.INGEST_VISIBILITY_SECONDS


def test_messages_are_received_as_often_as_in_the_local_stack(contract: dict[str, Any]) -> None:
    assert contract["ingest_max_receives"] == provision.INGEST_RECEIVES
    assert contract["work_max_receives"] == provision.WORK_RECEIVES


def test_messages_are_invisible_for_the_length_of_a_lease(contract: dict[str, Any]) -> None:
    assert contract["work_visibility_seconds"] == contract["lease_seconds"] == PLAIN.lease_seconds


def test_lambda_ends_a_job_within_the_visibility_of_its_message(contract: dict[str, Any]) -> None:
    assert contract["align_timeout_seconds"] == 900  # Lambda's maximum
    assert contract["align_max_audio_seconds"] < PLAIN.max_audio_seconds


def test_a_dead_workers_job_is_taken_over_within_two_minutes(contract: dict[str, Any]) -> None:
    assert contract["lease_seconds"] <= 120


def test_the_heartbeat_runs_several_times_per_lease() -> None:
    assert EXTENSIONS_PER_LEASE >= 2


def test_the_worker_stops_before_it_is_killed(contract: dict[str, Any]) -> None:
    assert contract["stop_seconds"] == PLAIN.stop_seconds
    assert 5 <= contract["stop_timeout_seconds"] - contract["stop_seconds"] <= 30
    assert contract["stop_timeout_seconds"] <= 120  # Fargate's maximum


def test_the_translation_port_is_the_command_lines(contract: dict[str, Any]) -> None:
    from syncline.cli.translate_server import run_translate_server

    assert contract["translate_port"] == inspect.signature(run_translate_server).parameters["port"].default


# ---------------------------------------------------------------- the table


def test_the_table_has_the_codes_keys_and_indexes() -> None:
    table = parse("modules/jobs_table/main.tf")["resource"][0]['"aws_dynamodb_table"']['"this"']
    assert plain(table["hash_key"], {}) == TABLE_DEFINITION["KeySchema"][0]["AttributeName"]
    assert plain(table["billing_mode"], {}) == TABLE_DEFINITION["BillingMode"]
    declared = zip(table["global_secondary_index"], TABLE_DEFINITION["GlobalSecondaryIndexes"], strict=True)
    for index, wanted in declared:
        keys = {key["KeyType"]: key["AttributeName"] for key in wanted["KeySchema"]}
        assert plain(index["name"], {}) == wanted["IndexName"]
        assert plain(index["hash_key"], {}) == keys["HASH"]
        assert plain(index["range_key"], {}) == keys["RANGE"]
        assert plain(index["projection_type"], {}) == wanted["Projection"]["ProjectionType"]
    assert {(plain(item["name"], {}), plain(item["type"], {})) for item in table["attribute"]} == {
        (item["AttributeName"], item["AttributeType"]) for item in TABLE_DEFINITION["AttributeDefinitions"]
    }


@pytest.mark.parametrize("index", [STATE_INDEX, METADATA_INDEX])
def test_permissions_name_the_codes_indexes(index: str, sources: dict[str, str]) -> None:
    assert f"/index/{index}" in sources["modules/jobs_table/outputs.tf"]


# ---------------------------------------------------------------- containers


def test_containers_run_commands_that_exist(sources: dict[str, str]) -> None:
    from syncline.cli.commands import NAMES

    words = [
        re.findall(r'"([^"]+)"', found)
        for text in sources.values()
        for found in re.findall(r"command\s+= (?:concat\()?\[(\"syncline\"[^\]]*)\]", text)
    ]
    assert sorted(command[1] for command in words) == ["models", "translate-server", "worker"]
    for command in words:
        assert command[1] in NAMES


def test_the_health_check_is_the_images_own(sources: dict[str, str]) -> None:
    in_the_image = re.search(r"HEALTHCHECK .* CMD (\[.*\])", DOCKERFILE)
    assert in_the_image
    assert f"health_command = {in_the_image[1]}" in sources["main.tf"]


# ---------------------------------------------------------------- permissions

NEEDED = {
    "reception": ["read_uploads", "write_final_records", "read_write_records", "queue_jobs", "publish_events"],
    "status": ["read_uploads", "read_write_records", "queue_jobs", "sign_links", "read_token", "read_archives"],
    "dead_letters": ["write_final_records", "read_write_records", "park_unreadable", "publish_events"],
    "align": ["read_uploads", "write_results", "read_write_records", "receive_jobs", "read_archives", "publish_events"],
    "worker": [
        "read_uploads", "write_results", "read_write_records", "receive_jobs", "read_archives", "publish_events",
        "protect_own_task",
    ],
}  # fmt: skip


@pytest.mark.parametrize("role", NEEDED)
def test_roles_have_what_their_code_does(sources: dict[str, str], role: str) -> None:
    found = re.search(rf"{role}_statements = concat\((.*?)\n  \)", sources["permissions.tf"], re.DOTALL)
    assert found
    assert [part for part in NEEDED[role] if f"local.{part}" not in found[1]] == []


def test_no_statement_allows_every_action(sources: dict[str, str]) -> None:
    for path, text in sources.items():
        for action in re.findall(r'"((?:[a-z0-9-]+):[A-Za-z]*\*)"', text):
            # Only statements that deny may name every action.
            assert action in ("sqs:*", "s3:*"), f"{path}: {action}"
            assert 'Effect    = "Deny"' in text


# ---------------------------------------------------------------- descriptions and documentation


def test_every_variable_and_output_is_described_and_typed() -> None:
    for path in sorted(TERRAFORM.rglob("variables.tf")):
        for item in parse(str(path.relative_to(TERRAFORM)))["variable"]:
            for name, block in item.items():
                assert block.get("description"), f"{path}: {name} has no description"
                assert "type" in block, f"{path}: {name} has no type"
    for path in sorted(TERRAFORM.rglob("outputs.tf")):
        for item in parse(str(path.relative_to(TERRAFORM)))["output"]:
            for name, block in item.items():
                assert block.get("description"), f"{path}: {name} has no description"


def test_every_alarm_has_its_section_in_the_runbook(sources: dict[str, str]) -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    sections = set(re.findall(r"^## (.+)$", runbook, re.MULTILINE))
    names = set(re.findall(r'^ {6}"([a-z-]+)" = \{', sources["modules/observability/main.tf"], re.MULTILINE))
    assert len(names) == 3
    names |= {"no-progress"}
    names |= {f"dead-letters-{role}" for role in ("ingest", "live", "bulk")}
    names |= {f"function-errors-{role}" for role in ("reception", "status", "dead-letters", "align")}
    assert names <= sections


def test_every_variable_has_a_test_of_its_validation() -> None:
    tested = (TERRAFORM / "tests" / "validations.tftest.hcl").read_text(encoding="utf-8")
    for item in parse("variables.tf")["variable"]:
        for name, block in item.items():
            if "validation" in block:
                assert f"var.{name.strip(chr(34))}," in tested, f"{name}: no test gives it a bad value"


def test_the_deploy_guide_names_outputs_and_variables_that_exist() -> None:
    guide = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    outputs = {name.strip('"') for item in parse("outputs.tf")["output"] for name in item}
    variables = {name.strip('"') for item in parse("variables.tf")["variable"] for name in item}
    asked = set(re.findall(r"terraform output (?:-raw|-json) (\w+)", guide))
    given = set(re.findall(r"-var '?(\w+)=", guide))
    assert asked and asked <= outputs
    assert given and given <= variables


def test_paths_in_comments_exist() -> None:
    named = re.findall(
        r"# ((?:syncline|docker|worker)/[\w./]+\w)", (TERRAFORM / "contract.tf").read_text(encoding="utf-8")
    )
    assert named
    assert [path for path in named if not Path(ROOT / path).exists()] == []


def test_moved_resources_exist_at_their_new_address_only() -> None:
    moves = [move for move in parse("moved.tf")["moved"] if "aws_" in move["to"]]  # not those of whole modules
    assert moves
    for move in moves:
        old, new = (_module_and_resource(move[end]) for end in ("from", "to"))
        assert _declared(*new), move
        assert old == new or not _declared(*old), move


def _module_and_resource(address: str) -> tuple[str | None, str]:
    """The module and `"type" "name"`, without the indexes that count adds."""
    parts = re.search(r"(?:module\.(\w+)(?:\[0\])?\.)?(aws_\w+)\.(\w+)", address)
    assert parts, address
    return parts[1], f'"{parts[2]}" "{parts[3]}"'


def _declared(module: str | None, resource: str) -> bool:
    folder = TERRAFORM / _module(module)["source"].strip('"') if module else TERRAFORM
    return any(f"resource {resource}" in path.read_text(encoding="utf-8") for path in folder.glob("*.tf"))

"""`sre model`: tables of a folder, the real model, reports, the gate and promotion, as they are typed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sre_cli.adapters.labelled_folder import dataset_sha256, load_items
from sre_cli.adapters.manifest_files import MARK, model_names, read_manifest, read_weights
from sre_cli.cli import build_app
from sre_cli.errors import EngineUnavailable, Refused, SpecError, SreError, UsageError
from sre_cli.specs.evaluation import Report
from sre_cli.specs.manifest import ModelManifest, Task, manifest_path
from tests.documents import drawn
from tests.faces import images_folder

ROOT = Path(__file__).parents[3]
ZONE = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
"""The specimen of ICAO Doc 9303-4."""


def sre(*words: str, code: int = 0) -> Result:
    done = CliRunner().invoke(build_app(), ["model", *words])
    seen = done.exception.exit_code if isinstance(done.exception, SreError) else done.exit_code
    assert seen == code, (done.output, done.exception)
    return done


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with manifests that may be changed, and services that are those of this one."""
    shutil.copytree(ROOT / "services", tmp_path / "project" / "services")
    manifest = manifest_path(tmp_path / "project", "face-match")
    manifest.write_text(manifest.read_text().partition(MARK)[0])  # as if it was never promoted
    template = tmp_path / "project" / "nomad_jobs" / "raw_exec.nomad.hcl.j2"
    template.parent.mkdir()
    template.touch()
    monkeypatch.setenv("SRE_ROOT", str(tmp_path / "project"))
    return tmp_path / "project"


def committed(project: Path) -> None:
    git = ["git", "-C", str(project), "-c", "user.name=t", "-c", "user.email=t@localhost"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run([*git, *words], check=True)


@pytest.mark.parametrize("name", model_names(ROOT))
def test_every_manifest_is_complete(name: str) -> None:
    manifest = read_manifest(ROOT, name)
    assert read_weights(ROOT, manifest).keys() == set(manifest.weights)
    assert name in sre("list").output
    shown = json.loads(sre("show", name, "--json").output)
    assert all(len(file["sha256"]) == 64 and file["licence"] for file in shown["weights"].values())
    assert manifest.training_data in sre("show", name).output


def test_a_mistake_in_a_manifest_is_named_by_file_and_key(tmp_path: Path) -> None:
    text = manifest_path(ROOT, "face-match").read_text()
    path = tmp_path / "face_match.toml"
    path.write_text(text.replace("licence", "x").replace("training_data", "trained").replace("0.02", "2", 1))
    with pytest.raises(SpecError) as told:
        ModelManifest.load(path)
    for complaint in ("trained: unknown key", "training_data: required", "gate.margins.false-rejection: "):
        assert f"{path}: {complaint}" in str(told.value)


def test_an_unknown_model_is_told_from_those_there_are() -> None:
    assert isinstance(sre("show", "x", code=2).exception, UsageError)


def folder_of(tmp_path: Path, **tables: str) -> Path:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (tmp_path / name).write_text(name)
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text)
    return tmp_path


LABELS = """file,task,label,source
a.jpg,identity,ada,x
b.jpg,identity,ada,x
c.jpg,identity,bob,x
a.jpg,pad,live,x
b.jpg,pad,print,x
c.jpg,mrz,td3,x
"""


@pytest.mark.parametrize(
    ("task", "items"),
    [
        ("comparison", [("a.jpg b.jpg", "same"), ("a.jpg c.jpg", "different"), ("b.jpg c.jpg", "different")]),
        ("presentation-attack", [("a.jpg", "live"), ("b.jpg", "print")]),
        ("document", [("c.jpg", "td3")]),
    ],
)
def test_one_table_of_labels_serves_every_task(
    task: Task, items: list[tuple[str, str]], tmp_path: Path
) -> None:
    folder = folder_of(tmp_path, labels=LABELS)
    assert [(one.name, one.label) for one in load_items(folder, task)] == items


def test_tables_of_their_own_come_first(tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path,
        labels=LABELS,
        pairs="a,b,same\na.jpg,c.jpg,0\n",
        documents='file,kind,zone,sex\na.jpg,td3,"P<\nL8",F\nb.jpg,,,\n',
    )
    assert [one.name for one in load_items(folder, "comparison")] == ["a.jpg c.jpg"]
    first, second = load_items(folder, "document")
    assert (first.truth, second.truth) == ({"zone": "P<\nL8", "sex": "F"}, {})


@pytest.mark.parametrize(
    ("tables", "complaint"),
    [
        ({}, "labels.csv: cannot be read"),
        ({"labels": "file,task\na.jpg,pad\n"}, "row 2"),
        ({"labels": "file,task,label\na.jpg,pad,live,more\n"}, "row 2"),
        ({"labels": "file,task,label\na.jpg,pad\n"}, "row 2"),
        ({"labels": "file,task,label\nnone.jpg,pad,live\n"}, "none.jpg"),
        ({"labels": "file,task,label\na.jpg,mrz,td3\n"}, "no row is for a model of presentation-attack"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(tables: dict[str, str], complaint: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=complaint):
        load_items(folder_of(tmp_path, **tables), "presentation-attack")


def test_the_datasets_sum_is_of_labels_and_contents_whatever_the_order(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, labels=LABELS)
    items = load_items(folder, "comparison")
    before = dataset_sha256(items)
    assert dataset_sha256(items[::-1]) == before != dataset_sha256(items[:2])
    (folder / "a.jpg").write_text("other")
    assert dataset_sha256(items) != before


def test_the_real_model_is_measured_gated_and_promoted(project: Path, tmp_path: Path) -> None:
    """15 pairs: all are right, and far too few for the gate to let anything pass against them."""
    committed(project)
    folder, place = images_folder(), tmp_path / "report"
    printed = sre("evaluate", "face-match", str(folder), "--report", str(place)).output
    assert "FRR at the threshold  0.0000  0.0000 to 0.4899  0 of 4" in printed
    assert "too few different pairs" in printed
    file = place / "report.json"
    report = Report.load(file)
    assert report.weights == {
        name: one.sha256 for name, one in read_weights(ROOT, read_manifest(ROOT, "face-match")).items()
    }
    assert (report.dataset.items, len(report.items)) == (15, 15)
    page = (place / "report.html").read_text()
    assert "<svg" in page
    assert report.dataset.sha256 in page
    assert isinstance(sre("gate", "face-match", "--candidate", str(file), code=3).exception, Refused)
    refused = sre("gate", "face-match", "--candidate", str(file), "--reference", str(file), "--json", code=3)
    said = json.loads(refused.output)
    assert (said["passed"], {line["word"] for line in said["lines"]}) == (False, {"inconclusive"})
    sre("promote", "face-match", "--candidate", str(file), "--baseline", "first")
    manifest = read_manifest(project, "face-match")
    assert manifest.evaluation
    assert manifest.evaluation.counts["false-acceptance"].total == 11
    assert (manifest.evaluation.reason, manifest.evaluation.commit) == ("first", report.commit)
    sre("promote", "face-match", "--candidate", str(file), "--baseline", "again", code=2)
    assert "inconclusive" in sre("promote", "face-match", "--candidate", str(file), code=3).output


def test_a_version_that_passes_replaces_the_figures(project: Path, tmp_path: Path) -> None:
    path = manifest_path(project, "face-match")
    before = path.read_text()
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(made(project).model_dump_json())
    new.write_text(made(project).model_dump_json())
    sre("promote", "face-match", "--candidate", str(new), "--reference", str(old))
    sre("promote", "face-match", "--candidate", str(new))
    text = path.read_text()
    assert text.startswith(before.rstrip())
    assert text.count("[evaluation]") == 1
    evaluation = read_manifest(project, "face-match").evaluation
    assert evaluation
    assert evaluation.reason == "passed the gate against the figures of 1.0.0"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"commit": "c" * 40 + "-dirty"}, "commit first|commit them first"),
        ({"weights": {}}, "weights: the report has"),
        ({"thresholds": {"score": 0.4}}, "thresholds: the report has"),
    ],
)
def test_a_report_of_something_else_is_not_promoted(
    change: dict[str, object], complaint: str, project: Path, tmp_path: Path
) -> None:
    before = manifest_path(project, "face-match").read_text()
    file = tmp_path / "new.json"
    file.write_text(made(project).model_copy(update=change).model_dump_json())
    error = sre("promote", "face-match", "--candidate", str(file), "--baseline", "x", code=3).exception
    assert isinstance(error, Refused)
    assert error.detail
    assert any(word in error.detail for word in complaint.split("|"))
    assert manifest_path(project, "face-match").read_text() == before


def made(project: Path) -> Report:
    """400 pairs of one person and 2,000 of two, without a mistake."""
    manifest = read_manifest(project, "face-match")
    counts = [("false-rejection", 400), ("false-acceptance", 2000)]
    items = [
        {"name": f"{metric}{i}", "label": "", "said": "", "counts": {metric: {"events": 0, "total": 1}}}
        for metric, total in counts
        for i in range(total)
    ]
    return Report.model_validate(
        {
            "model": {"check": "face-match", "name": manifest.name, "version": manifest.version},
            "weights": {name: one.sha256 for name, one in read_weights(project, manifest).items()},
            "thresholds": {name: one.value for name, one in manifest.thresholds.items()},
            "task": manifest.task,
            "dataset": {"folder": "f", "sha256": "a" * 64, "items": len(items), "of": len(items)},
            "commit": "c" * 40,
            "made_at": "2026-01-02T03:04:05+00:00",
            "machine": {},
            "figures": [],
            "windows": {name: [1] * (len(one.edges) + 1) for name, one in manifest.windows.items()},
            "items": items,
        }
    )


def test_a_document_is_measured_against_its_transcript(tmp_path: Path) -> None:
    drawn(ZONE).save(tmp_path / "page$^$<b>.png")
    (tmp_path / "blank.jpg").write_bytes(b"no image")
    table = 'file,kind,zone,document_number,sex\npage$^$<b>.png,td3,"{}",L898902C3,M\nblank.jpg,td3,,,\n'
    (tmp_path / "documents.csv").write_text(table.format("\n".join(ZONE)))
    printed = sre("evaluate", "document-ocr", str(tmp_path), "--report", str(tmp_path / "r")).output
    seen = {figure.name: figure for figure in Report.load(tmp_path / "r" / "report.json").figures}
    assert (seen["fields wrong"].events, seen["fields wrong"].total) == (1, 2)
    assert (seen["CER of the zone"].value, seen["CER of the zone"].total) == (0, 89)
    assert (seen["zones not fully valid"].events, seen["zones not fully valid"].total) == (1, 2)
    assert "blank.jpg: " in printed
    page = (tmp_path / "r" / "report.html").read_text()
    assert "page$^$&lt;b&gt;.png" in page
    assert "<b>" not in page


def test_another_checkout_is_evaluated_by_its_own_code(project: Path, tmp_path: Path) -> None:
    path = manifest_path(project, "face-match")
    path.write_text(path.read_text().replace('version = "1.0.0"', 'version = "1.1.0"'))
    place = tmp_path / "r"
    words = ("evaluate", "face-match", str(images_folder()), "--limit", "2", "--report", str(place))
    sre(*words, "--checkout", str(project), "--json")
    report = Report.load(place / "report.json")
    assert (report.model.version, report.dataset.items, report.dataset.of) == ("1.1.0", 2, 15)


def test_a_model_that_cannot_be_loaded_leaves_nothing(project: Path, tmp_path: Path) -> None:
    (project / "services" / "models" / "face_match.py").write_text("raise SystemExit('broken')")
    words = ("evaluate", "face-match", str(images_folder()), "--report", str(tmp_path / "r"))
    error = sre(*words, code=4).exception
    assert isinstance(error, EngineUnavailable)
    assert "broken" in (error.detail or "")
    assert list((tmp_path / "r").iterdir()) == []


def test_an_interrupt_leaves_neither_a_report_nor_a_process(project: Path, tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    (project / "services" / "evaluate.py").write_text(
        f"import os, time; open({str(noted)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    )
    words = ["model", "evaluate", "face-match", str(images_folder()), "--report", str(tmp_path / "r")]
    code = f"import sys; from sre_cli.cli import main; sys.argv[1:] = {words!r}; main()"
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    assert process.stderr
    assert "the model is loaded" in process.stderr.readline()
    while not noted.exists() or not noted.read_text():
        time.sleep(0.02)
    process.send_signal(2)
    assert process.wait(15) == 130
    assert not Path("/proc", noted.read_text()).exists()
    assert "Traceback" not in process.stderr.read()
    assert list((tmp_path / "r").iterdir()) == []


@pytest.mark.parametrize(("psi", "events", "code"), [(0.01, 1, 0), (0.3, 1, 3), (0.01, 100, 3), (None, 1, 4)])
def test_retraining_is_answered_by_the_exit_code(
    psi: float | None, events: int, code: int, tmp_path: Path
) -> None:
    names = read_manifest(ROOT, "face-match").windows
    seen = {"psi": dict.fromkeys(names, psi) if psi else {}, "feedback": {"events": events, "total": 400}}
    file = tmp_path / "drift.json"
    file.write_text(json.dumps(seen))
    assert (
        "retraining" in sre("retrain-check", "face-match", "--from", str(file), code=code).output or code == 4
    )
    advice = json.loads(sre("retrain-check", "face-match", "--from", str(file), "--json", code=code).output)
    assert advice["due"] == {0: "not due", 3: "due", 4: "not enough data"}[code]


def test_a_wrong_file_of_drift_is_a_wrong_word(tmp_path: Path) -> None:
    file = tmp_path / "drift.json"
    file.write_text('{"psy": {}}')
    assert isinstance(sre("retrain-check", "face-match", "--from", str(file), code=2).exception, SpecError)

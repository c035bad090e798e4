"""What may come after a run, and the picture of what came before it."""

import json

import pytest

from ftkit.errors import RecipeError
from ftkit.recipe import from_presets, recipe_to_yaml
from ftkit.runfolder import RunFolder
from ftkit.wizards.chain import chain_picture, next_links
from ftkit.wizards.chain_row import ChainRow
from ftkit.wizards.obstacles import chain_obstacle, obstacles
from ftkit.wizards.session import Session


def made(folder, name, model, task="sft", labels=None, **presets):
    """A finished run with a LoRA result, as far as a next one looks at it."""
    run = RunFolder(folder / "ftkit-runs" / name)
    run.write_recipe(recipe_to_yaml(from_presets(run=name, task=task, model="smollm2-135m", **presets)))
    run.adapter.mkdir(parents=True)
    (run.adapter / "adapter_model.safetensors").write_bytes(b"weights")
    kind = "SEQ_CLS" if labels else "CAUSAL_LM"
    (run.adapter / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "task_type": kind}))
    run.write_json("actual.json", {"model": {"path": model, "labels": labels}})
    run.set_state("finished")
    return run


def test_after_examples_come_preferences_or_a_judge(tmp_path, tiny_model_folder, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = made(tmp_path, "pirate-1", str(tiny_model_folder))
    links = {link.presets["task"]: link for link in next_links(run)}
    assert {"dpo", "reward"} <= set(links)
    recipe = links["dpo"].recipe()
    assert (recipe.model.id, recipe.run, recipe.task.name) == ("run:pirate-1", "pirate-1-dpo", "dpo")
    assert recipe.data.source == ""
    session = Session({"data": "somewhere"})
    session.take_up(recipe)
    assert session.found.path == run.adapter
    assert (
        session.cells["model"].source.count("ftkit.merged_model('pirate-1')")
        + session.cells["model"].source.count('ftkit.merged_model("pirate-1")')
        == 1
    )


def test_a_name_that_is_taken_is_not_proposed(tmp_path, tiny_model_folder, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = made(tmp_path, "pirate-1", str(tiny_model_folder))
    made(tmp_path, "pirate-1-dpo", str(tiny_model_folder))
    links = {link.presets["task"]: link for link in next_links(run)}
    assert links["dpo"].recipe().run == "pirate-1-dpo-2"


def test_a_judge_sends_back_to_the_run_that_it_judges(tmp_path, tiny_model_folder, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made(tmp_path, "sft-1", str(tiny_model_folder))
    judge = made(tmp_path, "judge-1", "ftkit-runs/sft-1/merged", "reward", labels=["LABEL_0"])
    for link in next_links(judge):
        assert (link.presets["model"], link.presets["reward"]) == ("run:sft-1", "judge-1")
        link.recipe()


def test_a_run_that_is_not_done_or_cannot_be_merged_leads_nowhere(tmp_path, tiny_model_folder, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = made(tmp_path, "a", str(tiny_model_folder))
    run.set_state("failed")
    assert next_links(run) == []
    run.set_state("finished")
    (run.adapter / "adapter_config.json").write_text(json.dumps({"peft_type": "PREFIX_TUNING"}))
    assert next_links(run) == []


def test_the_picture_shows_every_link_as_text(tmp_path, tiny_model_folder, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = made(tmp_path, "a", str(tiny_model_folder), "domain")
    assert chain_picture(first) == ""
    made(tmp_path, "b", "ftkit-runs/a/merged", "sft")
    last = made(tmp_path, "c", "ftkit-runs/b/merged", "dpo")
    picture = chain_picture(last)
    assert picture.count("<li>") == 4
    assert picture.index(">a<") < picture.index(">b<") < picture.index(">c<")


def test_a_run_s_own_adapter_can_train_on_with_the_settings_it_has(tmp_path, tiny_model_folder, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = made(tmp_path, "pirate-1", str(tiny_model_folder))
    about = {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "lora_dropout": 0.0, "target_modules": ["q_proj"]}
    (run.adapter / "adapter_config.json").write_text(json.dumps(about))
    session = Session({"data": "somewhere"})
    row = ChainRow(session, guard=lambda function: function)
    row.refresh()
    assert row.widget.layout.display == "none"
    session.take_up(next_links(run)[0].recipe())
    row.refresh()
    assert row.widget.layout.display is None
    assert "merged_model" in session.cells["model"].source
    row.control.value = "continue"
    assert session.recipe.method.model_dump() == {
        "name": "lora",
        "r": 4,
        "lora_alpha": 8,
        "lora_dropout": 0.0,
        "target_modules": ["q_proj"],
    }
    assert "adapter_path" in session.cells["model"].source
    assert str(tiny_model_folder) in session.cells["model"].source
    assert chain_obstacle(session) == ""
    session.choose_method("full")
    row.refresh()
    assert "made with LoRA" in row._said.value
    assert ("model", chain_obstacle(session)) in obstacles(session, ("model", "train"))
    session.set({"model.id": "smollm2-135m", "model.chain": "merge"})
    row.refresh()
    assert row.widget.layout.display == "none"


def test_only_a_run_has_an_adapter_that_goes_on():
    with pytest.raises(RecipeError, match="no run whose adapter"):
        from_presets(model="smollm2-135m", chain="continue")

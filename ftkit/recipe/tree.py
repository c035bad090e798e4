"""The recipe: everything a person chose, as one small validated tree."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from ftkit.errors import RecipeError
from ftkit.fields import AUTO, Auto, Description, describe, no_truth_value, problems_of, setting
from ftkit.methods import METHODS
from ftkit.tasks import TASKS

RUN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}\Z")
MethodSettings: Any = Annotated[
    reduce(or_, [method.settings for method in METHODS.values()]), Field(discriminator="name")
]
TaskSettings: Any = Annotated[
    reduce(or_, [task.settings for task in TASKS.values()]), Field(discriminator="name")
]

_strict = ConfigDict(extra="forbid", frozen=True)
PositiveInt = Annotated[int, Field(gt=0)]
PositiveFloat = Annotated[float, Field(gt=0, allow_inf_nan=False)]


ColumnSource = str | dict[Literal["constant", "template"], str]
"""A column's name, a path into its fields, or a text that stands in no column of its own."""
COLUMN_SOURCES = (
    "for each part a column's name, {'constant': 'a text'} or {'template': 'a text with a {column}'}"
)


class ModelChoice(BaseModel):
    """The base model that the run starts from."""

    model_config = _strict

    id: str = setting(
        "smollm2-135m",
        label="Base model",
        help="The model you start from: a name from the list, a Hugging Face id, a folder on this machine, or run: and the "
        "name of a run of yours, to go on from what it made.",
        hint="Try 'smollm2-135m': it is small and runs anywhere.",
        min_length=1,
    )
    chain: Literal["merge", "continue"] = setting(
        "merge",
        label="Going on from a run",
        help="merge: what the run learned becomes part of the model, and a new adapter starts on that; it works after any "
        "technique, and each step's adapter stays its own. continue: the run's own LoRA adapter trains on, so that one "
        "small file holds both steps and no second copy of the model is written.",
        choices=("merge", "continue"),
        hint="Try 'merge'; 'continue' is for a base model that is the name of a run, such as run:pirate-1.",
    )

    @field_validator("chain")
    @classmethod
    def _only_a_run_goes_on(cls, value: str, known: ValidationInfo) -> str:
        if value == "continue" and "id" in known.data and not known.data["id"].strip().startswith("run:"):
            raise ValueError("'merge', as the base model is no run whose adapter could train on")
        return value


class DataChoice(BaseModel):
    """The examples, and how they become training rows."""

    model_config = _strict

    source: str = setting(
        "",
        label="Your examples",
        help="A file (JSON, JSONL, CSV, Parquet, text, Markdown, PDF …), a folder of files, or the id of a data set on the "
        "Hugging Face hub.",
        hint="Type the path of a file with your examples.",
    )
    family: str = setting(
        AUTO,
        label="Format",
        help="How the examples are written; recognised from the column names unless you say otherwise.",
        hint="Try 'auto'.",
    )
    columns: dict[str, ColumnSource] = setting(
        label="Columns",
        help="Which column plays which part (prompt, answer, label …): its name, a path into its fields, "
        "a constant text, or a template.",
        hint="Try {'prompt': 'question', 'answer': 'reply'} with the names of your columns.",
        default_factory=dict,
    )
    system: str | None = setting(
        None,
        label="System prompt",
        help="A sentence put before every conversation, in training and afterwards alike.",
        hint="Write a sentence, or leave it empty.",
    )
    chat_template: Literal["plain", "chatml"] = setting(
        "plain",
        label="Chat template",
        help="How a conversation is written for a model that has no way of its own. plain: headings such as ### User:, "
        "which any model can read, so that nothing new has to be learned: the better one for few examples. chatml: a "
        "token of its own before and behind each turn, as many chat models and tools have it; those that the model does "
        "not know are added to it and learned.",
        choices=("plain", "chatml"),
        hint="Try 'plain'.",
    )
    fixes: list[str] = setting(
        label="Fixes",
        help="What is mended in the examples before they are used: each fix is offered by a check.",
        hint="Try ['drop-duplicates'], or press the button beside a check.",
        default_factory=list,
    )
    group: str | None = setting(
        None,
        label="Keep together",
        help="A column: examples with the same value there stay in the same part, such as all of one author.",
        hint="Name a column, or leave it empty.",
    )
    validation_share: float = setting(
        0.1,
        label="Validation part",
        help="The share held back to see, while training, whether the model learns or only memorises.",
        usual=(0.05, 0.2),
        too_low="chance decides what the curve looks like.",
        too_high="examples that could have taught are held back.",
        hint="Try 0.1.",
        gt=0,
        lt=0.5,
    )
    test_share: float = setting(
        0.1,
        label="Test part",
        help="The share kept for the very end: the model never sees it, and nothing is chosen by it.",
        usual=(0.05, 0.2),
        too_low="the final figure is guesswork.",
        too_high="examples that could have taught are held back.",
        hint="Try 0.1.",
        gt=0,
        lt=0.5,
    )
    split_seed: int = setting(
        42,
        label="Seed of the split",
        help="The number that chance starts from when rows are dealt out: the same one always puts the same rows into the "
        "same part.",
        hint="Try 42; any whole number from 0 will do.",
        ge=0,
    )

    _numbers = field_validator("*", mode="before")(no_truth_value)

    @field_validator("columns", mode="before")
    @classmethod
    def _each_part_has_one_source(cls, value: Any) -> Any:
        for source in value.values() if isinstance(value, dict) else ():
            known = isinstance(source, dict) and set(source) in ({"constant"}, {"template"})
            if not isinstance(source, str) and not (known and isinstance(next(iter(source.values())), str)):
                raise ValueError(COLUMN_SOURCES)
        return value


class Training(BaseModel):
    """The hyperparameters, named as in TRL's ``SFTConfig``."""

    model_config = _strict

    learning_rate: PositiveFloat | Auto = setting(
        AUTO,
        label="Learning rate",
        help="How big a step the model takes after each batch. The setting that matters most.",
        usual=(1e-5, 1e-3),
        argument="SFTConfig.learning_rate",
        when_overfitting="Lower it.",
        when_underfitting="Raise it if the loss barely moved.",
        too_low="the model hardly changes in the steps it has.",
        too_high="the loss jumps or grows, and the model forgets how to write.",
        hint="Try 'auto', or a small number such as 0.0002.",
    )
    num_train_epochs: PositiveFloat = setting(
        2.0,
        label="Epochs",
        help="How many times the model goes through all the training examples.",
        usual=(1, 3),
        argument="SFTConfig.num_train_epochs",
        when_overfitting="Fewer.",
        when_underfitting="More, if the loss was still falling at the end.",
        too_low="examples are left unseen.",
        too_high="the examples are learned by heart, and answers to anything else get worse.",
        hint="Try 2; 1 to 3 are usual.",
        le=1_000_000,
    )
    batch_size: PositiveInt = setting(
        8,
        label="Batch size",
        help="How many examples the model looks at before each step; larger is steadier, not better.",
        unit="examples",
        usual=(4, 64),
        argument="SFTConfig.per_device_train_batch_size × SFTConfig.gradient_accumulation_steps",
        too_low="each step follows a few examples, so the curve is restless.",
        too_high="slow steps, and on few examples too few of them to learn in.",
        hint="Try 8.",
    )
    per_device_train_batch_size: PositiveInt | Auto = setting(
        AUTO,
        label="Micro-batch",
        help="How many of them are in memory at once; the batch is worked through in pieces of this size.",
        unit="examples",
        argument="SFTConfig.per_device_train_batch_size",
        too_low="nothing is lost but, on a graphics card, time.",
        too_high="the memory does not suffice, and the run ends at once.",
        hint="Try 'auto'.",
    )
    warmup_steps: Annotated[float, Field(ge=0, allow_inf_nan=False)] | Auto = setting(
        AUTO,
        label="Warm-up",
        help="The first steps, in which the learning rate rises from zero: below 1 a share of the run, else steps.",
        unit="steps, or a share below 1",
        usual=(0.03, 0.1),
        argument="SFTConfig.warmup_steps",
        too_low="the first full steps hit a model that is not used to them: the loss may jump.",
        too_high="most of the run is over before the learning rate is reached.",
        hint="Try 'auto', or 0.05 for the first 5 % of the run.",
    )
    lr_scheduler_type: Literal["cosine", "linear", "constant"] = setting(
        "cosine",
        label="Schedule",
        help="How the learning rate falls after the warm-up, so that the last steps are small.",
        choices=("cosine", "linear", "constant"),
        argument="SFTConfig.lr_scheduler_type",
        hint="Try 'cosine'.",
    )
    weight_decay: Annotated[float, Field(ge=0, lt=1)] | Auto = setting(
        AUTO,
        label="Weight decay",
        help="A gentle pull of the trained weights towards zero; it matters on long runs only.",
        usual=(0.0, 0.1),
        argument="SFTConfig.weight_decay",
        when_overfitting="Raise it, on a long run.",
        when_underfitting="Lower it.",
        too_low="at 0 there is no pull: on a short run nothing is lost.",
        too_high="the weights shrink faster than they learn.",
        hint="Try 'auto', or 0.01.",
    )
    max_length: PositiveInt | Auto = setting(
        AUTO,
        label="Longest example",
        help="Examples with more tokens than this are left out. A token is about four English letters.",
        unit="tokens",
        usual=(128, 4096),
        argument="SFTConfig.max_length",
        too_low="many examples are left out.",
        too_high="one long example decides how much memory and time all of them take.",
        hint="Try 'auto': as long as your longest example, if memory allows.",
    )
    max_steps: PositiveInt | None = setting(
        None,
        label="Stop after",
        help="End after this many steps, whatever the epochs say. Empty: go through all epochs.",
        unit="steps",
        argument="SFTConfig.max_steps",
        too_low="the run ends before it has seen all examples.",
        too_high="it changes nothing: the epochs end the run first.",
        hint="Leave it empty.",
    )
    early_stopping: bool = setting(
        False,
        label="Early stopping",
        help="Stop when the evaluation says it no longer helps; the best step is kept. It is kept without this, too: "
        "this saves the time after it.",
        when_overfitting="Switch it on: a run that only gets worse then ends by itself.",
        hint="Try no; yes saves time on a long run.",
    )
    seed: int = setting(
        42,
        label="Seed",
        help="The number that chance starts from, such as in the order of the examples: the same seed gives the same run on "
        "the same machine with the same versions.",
        argument="SFTConfig.seed",
        hint="Try 42; any whole number from 0 will do.",
        ge=0,
        le=2**32 - 1,
    )
    backend: Literal["trl", "unsloth"] = setting(
        "trl",
        label="Back end",
        help="The program that trains: TRL runs anywhere; Unsloth is faster and takes less memory, on an NVIDIA "
        "graphics card.",
        choices=("trl", "unsloth"),
        hint="Try 'trl'.",
    )

    @field_validator("*", mode="before")
    @classmethod
    def _numbers(cls, value: Any, known: ValidationInfo) -> Any:
        return value if known.field_name == "early_stopping" else no_truth_value(value)

    @field_validator("per_device_train_batch_size")
    @classmethod
    def _micro_batch_divides(cls, value: int | str, known: ValidationInfo) -> int | str:
        batch = known.data.get("batch_size")
        if isinstance(value, int) and isinstance(batch, int) and batch % value:
            raise ValueError(f"a number that divides the batch size {batch}, or 'auto'")
        return value


class Recipe(BaseModel):
    """What the person chose. :func:`~ftkit.recipe.resolve` fills what is ``"auto"``."""

    model_config = _strict

    ftkit: Literal[1] = 1
    run: str = setting(
        "my-first-run",
        label="Name of the run",
        help="The folder that keeps everything about this training, inside ftkit-runs.",
        hint="Use letters, digits, dots, dashes and underscores, such as pirate-1.",
    )
    parent: str | None = setting(
        None,
        label="Follows from",
        help="The run whose settings this one changes.",
        hint="Leave it empty, or name a run such as pirate-1.",
    )
    task: TaskSettings = Field(default_factory=TASKS["sft"].settings)
    model: ModelChoice = Field(default_factory=ModelChoice)
    data: DataChoice = Field(default_factory=DataChoice)
    method: MethodSettings = Field(default_factory=METHODS["lora"].settings)
    training: Training = Field(default_factory=Training)

    @field_validator("run", "parent")
    @classmethod
    def _name_is_a_folder(cls, value: str | None) -> str | None:
        if value is not None and not RUN_NAME.match(value):
            raise ValueError("a name of letters, digits, dots, dashes and underscores, at most 80")
        return value

    @field_validator("model")
    @classmethod
    def _goes_on_from_another_run(cls, value: ModelChoice, known: ValidationInfo) -> ModelChoice:
        # Its training would begin by clearing the folder that it starts from.
        if "run" in known.data and value.id.strip() in (
            f"run:{known.data['run']}",
            f"run: {known.data['run']}",
        ):
            raise ValueError("another run than the one that is trained: give this one a new name")
        return value

    def get(self, path: str) -> Any:
        """The value at a dotted path such as ``training.learning_rate``."""
        value: Any = self
        for part in path.split("."):
            value = getattr(value, part)
        return value

    def changed(self, changes: Mapping[str, Any]) -> Recipe:
        """A validated copy with the values at dotted paths replaced.

        Raises
        ------
        RecipeError
            With every problem that the new values make.
        """
        tree = self.model_dump()
        for path, value in changes.items():
            *parents, last = path.split(".")
            branch = tree
            for part in parents:
                branch = branch[part]
            branch[last] = value
        return validate(tree)


def validate(tree: Any) -> Recipe:
    """A recipe from plain data.

    Raises
    ------
    RecipeError
        With all problems at once.
    """
    try:
        return Recipe.model_validate(tree)
    except ValidationError as error:
        raise RecipeError(problems_of(error, Recipe)) from error


def descriptions(method: str = "lora", task: str = "sft") -> dict[str, Description]:
    """Every setting of a recipe with this method and this task, by dotted path."""
    return {
        **describe(Recipe),
        **describe(TASKS[task].settings, "task"),
        **describe(ModelChoice, "model"),
        **describe(DataChoice, "data"),
        **describe(METHODS[method].settings, "method"),
        **describe(Training, "training"),
    }

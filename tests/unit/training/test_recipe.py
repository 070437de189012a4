import pytest

from rote.errors import ConfigError
from rote.training.optimizers import Adam
from rote.training.recipe import Recipe
from rote.training.schedules import OneCycleLinear

MINIMAL = {"optimizer": {"name": "adam", "learning_rate": 1e-4}, "epochs": 4000, "batch_size": 128}


def test_a_recipe_is_read_from_the_configuration():
    recipe = Recipe.from_config(
        MINIMAL
        | {
            "optimizer": {"name": "adam", "learning_rate": 1, "betas": [0.8, 0.9]},
            "schedule": {"name": "one_cycle_linear", "warmup": 0.3},
            "augmentation": {"crop_padding": 4, "flip": True},
            "input_noise": {"standard_deviation": 0.5, "units": "pixel"},
            "checkpoints": {"piecewise": [[0, 300, 1], [300, 900, 3]]},
        }
    )

    assert recipe.optimizer == Adam(learning_rate=1.0, betas=(0.8, 0.9))
    assert recipe.schedule == OneCycleLinear(warmup=0.3)
    assert recipe.augmentation.crop_padding == 4
    assert recipe.augmentation.flip
    assert recipe.input_noise is not None
    assert recipe.checkpoints.piecewise == ((0, 300, 1), (300, 900, 3))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batchsize": 3}, "unknown key of recipe: 'batchsize'. Did you mean batch_size"),
        ({"optimizer": {"name": "adam", "learning_rat": 3}}, "key of recipe.optimizer.*mean learning_rate"),
        ({"optimizer": {"name": "adam", "learning_rate": 0.1, "momentum": 0.9}}, "key of recipe.optimizer: 'momentum'"),
        ({"optimizer": {"name": "sdg", "learning_rate": 0.1}}, "recipe.optimizer.name: 'sdg'. Did you mean sgd"),
        ({"optimizer": {"learning_rate": 0.1}}, "recipe.optimizer needs a name: adam, sgd"),
        ({"optimizer": {"name": "adam"}}, "recipe.optimizer lacks the key 'learning_rate'"),
        ({"optimizer": {"name": "adam", "learning_rate": "1e-4"}}, "not '1e-4'.*1.0e-4"),
        ({"optimizer": {"name": "adam", "learning_rate": -0.1}}, "recipe.optimizer.learning_rate must be at least 0"),
        ({"optimizer": {"name": "adam", "learning_rate": float("nan")}}, "must be a finite number"),
        ({"optimizer": {"name": "adam", "learning_rate": 0.1, "betas": [0.9]}}, "betas must be a list of 2"),
        ({"epochs": 0}, "recipe.epochs must be at least 1"),
        ({"epochs": True}, "recipe.epochs must be a whole number"),
        ({"epochs": 1.5}, "recipe.epochs must be a whole number"),
        ({"batch_size": 0}, "recipe.batch_size must be at least 1, not 0"),
        ({"shuffle": "no"}, "recipe.shuffle must be true or false"),
        ({"augmentation": None}, "recipe.augmentation must hold keys and values"),
        (
            {"input_noise": {"standard_deviation": 0.1, "units": "pixels"}},
            "recipe.input_noise.units.*Did you mean pixel",
        ),
        ({"precision": "float16"}, "recipe.precision.*float16"),
        ({"stop": {"train_accuracy": 1.2}}, "recipe.stop.train_accuracy must be at most 1"),
        ({"checkpoints": {"every": 0}}, "recipe.checkpoints.every must be at least 1"),
    ],
)
def test_a_faulty_recipe_is_refused_with_the_key_and_the_remedy(changes, message):
    with pytest.raises(ConfigError, match=message):
        Recipe.from_config(MINIMAL | changes)


def test_training_ends_at_the_earlier_of_schedule_and_stop():
    assert Recipe.from_config(MINIMAL | {"stop": {"epochs": 10}}).last_epoch == 10
    assert Recipe.from_config(MINIMAL | {"stop": {"epochs": 10**6}}).last_epoch == 4000
    assert Recipe.from_config(MINIMAL | {"stop": {"epochs": 0}}).last_epoch == 0  # the untrained network

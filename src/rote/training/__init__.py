"""The training of networks: recipes, the engine, checkpoints."""

"""rote: how deep networks memorize."""

"""The contracts that come with the product: one TOML file each, with its riders beside it."""

# What the rules of ../data.smk look up in the configuration: Snakemake's lint wants functions apart from rules.


def dataset_module(name):
    """What a data set is read by: the module of its kind, which is a published one's name where none is given."""
    kind = config["datasets"][name].get("kind", name)
    own = (ROOT / f"src/rote/data/kinds/{kind}.py").exists()
    return f"rote.data.{'kinds' if own else 'datasets'}.{kind}"


def dataset_code(script):
    """Code of a script that handles one data set: other data sets' modules do not matter to it."""

    def of_dataset(wildcards):
        return code_with(script, dataset_module(wildcards.dataset))

    return of_dataset


def dataset_options(wildcards):
    """Options of a data set; where it lies changes no result."""
    options = config["datasets"][wildcards.dataset]
    return {key: value for key, value in options.items() if key != "path"}


@cache
def digest_of(path):
    try:
        return remembered_digest(path, ".snakemake/contents")
    except RoteError as error:
        raise WorkflowError(str(error)) from None


def own_contents(wildcards):
    """Digest of what data of one's own hold; published ones are told by their checksums."""
    path = config["datasets"][wildcards.dataset].get("path")
    return path and digest_of(path)


def corruption(wildcards):
    return config["labels"][wildcards.labels]


def corruption_file(wildcards):
    """The file of labels that people gave, where the scheme reads one."""
    return config["labels"][wildcards.labels].get("file", [])

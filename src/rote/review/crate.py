"""Description of archived results as an RO-Crate 1.1, https://w3id.org/ro/crate/1.1."""

from collections.abc import Mapping
from typing import Any

METADATA = "ro-crate-metadata.json"
FORMATS = {
    ".parquet": "application/vnd.apache.parquet",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".html": "text/html",
    ".json": "application/json",
    ".tsv": "text/tab-separated-values",
    ".log": "text/plain",
    "": "application/json",  # Snakemake's records have no suffix
}


def describe(
    name: str, files: Mapping[str, tuple[int, str]], published: str, packages: Mapping[str, str]
) -> dict[str, Any]:
    """RO-Crate metadata of an archive.

    Parameters
    ----------
    name : str
        Of the study.
    files : mapping of str to (int, str)
        Size in bytes and SHA-256 of each file, by path.
    published : str
        Day of the newest result, ISO 8601.
    packages : mapping of str to str
        Versions of the packages that the results depend on.

    Returns
    -------
    dict
        JSON-LD: the descriptor, the root data set, each file, the software.
    """
    software = [
        {"@id": f"#{package}", "@type": "SoftwareApplication", "name": package, "softwareVersion": version}
        for package, version in sorted(packages.items())
    ]
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": f"Results of the study {name!r} of how deep networks memorize",
        "description": "Tables with their provenance, figures, logs, benchmarks and the records by which Snakemake "
        "knows them for up to date, as made by rote. `python workflow/archive.py read` checks and places them.",
        "datePublished": published,
        "license": {"@id": "https://spdx.org/licenses/MIT"},
        "hasPart": [{"@id": path} for path in files],
        "mentions": [{"@id": package["@id"]} for package in software],
    }
    return {
        "@context": ["https://w3id.org/ro/crate/1.1/context", {"sha256": "https://schema.org/sha256"}],
        "@graph": [
            {
                "@id": METADATA,
                "@type": "CreativeWork",
                "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
                "about": {"@id": "./"},
            },
            root,
            {"@id": "https://spdx.org/licenses/MIT", "@type": "CreativeWork", "name": "MIT License"},
            *(_file(path, *found) for path, found in files.items()),
            *software,
        ],
    }


def _file(path: str, size: int, digest: str) -> dict[str, Any]:
    suffix = path[path.rfind(".") :] if "." in path.rsplit("/", 1)[-1] else ""
    return {
        "@id": path,
        "@type": "File",
        "name": path.rsplit("/", 1)[-1],
        "contentSize": str(size),
        "encodingFormat": FORMATS.get(suffix, "application/octet-stream"),
        "sha256": digest,
    }

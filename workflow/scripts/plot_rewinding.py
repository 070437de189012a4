"""Draw the accuracies of an experiment's networks with a layer set back."""

from rote.figures.rewinding import plot_rewinding
from rote.figures.style import save
from rote.job import job
from rote.tables.frames import gather
from rote.tables.rewinding import REWINDING
from rote.tables.training import HISTORY

with job(snakemake, __file__):
    found = snakemake.input
    rewound, history = gather(found.rewound, REWINDING, by=["run"]), gather(found.history, HISTORY, by=["run"])
    save(plot_rewinding(rewound, history, title=snakemake.params.title), snakemake.output.figure)

# What `from rote.rewinding import ...` gives to users: loaded when first used.
from .rewound import Rewound as Rewound
from .rewound import rewind as rewind

"""The reviewer's route: results computed again in part and compared with what is on record; archives of results."""

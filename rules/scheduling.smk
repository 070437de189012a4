# How Snakemake waits while thousands of jobs are ready.
import threading

from snakemake.scheduling.job_scheduler import JobScheduler


def wake_once(scheduler, delay):
    """Turn the scheduling loop again after a delay (s), unless a timer will do so already.

    Snakemake 9.27 starts a timer in every turn, and every job that finishes adds a turn, so that timers add up as long
    as jobs are ready: after 200 of 1,000 the loop turns without pause and keeps half a core busy for as long as the
    others take (snakemake/snakemake#2354, #3744).
    """

    def wake():
        scheduler.is_waiting = False
        scheduler._open_jobs.release()

    if not getattr(scheduler, "is_waiting", False):
        scheduler.is_waiting = True
        threading.Timer(delay, wake).start()


JobScheduler._schedule_reevalutation = wake_once

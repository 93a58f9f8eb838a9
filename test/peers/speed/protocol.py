"""What every process of a comparison does: take lines `command argument` on stdin, answer each with one line of JSON.

An answer that times something has `ms` of wall time and `cpu`, seconds of all processors.
"""
import json
import resource
import sys
import time


def timed(work):
    """Runs it. @returns its result and what it took."""
    start, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, {"ms": (time.perf_counter() - start) * 1000, "cpu": time.process_time() - cpu}


def say(answer):
    print(json.dumps(answer), file=OUT, flush=True)


def commands():
    for line in sys.stdin:
        command, _, argument = line.strip().partition(" ")
        yield command, argument


def serve(answers, versions):
    """@param answers what to do by command: argument -> answer"""
    say(versions)
    for command, argument in commands():
        say(answers[command](argument))


rss = lambda _="": {"bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}
# Libraries print too.
OUT, sys.stdout = sys.stdout, sys.stderr

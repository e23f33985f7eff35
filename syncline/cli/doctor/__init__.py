"""`syncline doctor`: check this machine and the deployment.

`machine` has the checks of this machine, `deployment` those of a deployment, and `notifications` the one that
compares the bucket's event notifications with the ingest queue.
"""

from __future__ import annotations

from syncline.cli import parameters
from syncline.cli.commands import Command, examples, new_app

app = new_app()


@app.command(
    cls=Command,
    epilog=examples("""
$ syncline doctor
ok   pocketsphinx: with its English model
note gentle: SYNCLINE_GENTLE_HOME is not set.
     -> Use the worker image, which contains Gentle, or set SYNCLINE_GENTLE_HOME to an installation.
ok   bucket: syncline-local announces every object created under uploads/
ok   ingest queue: 0 visible, 0 in flight; a message is given up after 5 receives
...
"""),
)
def doctor(as_json: parameters.AsJson = False) -> int:
    """Check this machine and the deployment.

    Finds what is missing or broken and says how to repair it. Each line is one check. ok: it works. note: something
    is missing that only some jobs need, or that could not be checked. bad: jobs will fail or stay unprocessed.
    Without SYNCLINE_BUCKET only the machine is checked.

    Exit code 1 if anything is bad.
    """
    import os

    from syncline.cli.doctor.run import examine

    return examine(os.environ, as_json=as_json)

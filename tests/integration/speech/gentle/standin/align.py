"""Stand-in for Gentle's align.py: the same command line, the same log."""

import argparse
import logging
from pathlib import Path

import gentle

parser = argparse.ArgumentParser()
parser.add_argument("--nthreads", type=int, default=4)
parser.add_argument("-o", "--output")
parser.add_argument("--conservative", action="store_true")
parser.add_argument("--disfluency", action="store_true")
parser.add_argument("--log", default="INFO")
parser.add_argument("audiofile")
parser.add_argument("txtfile")
args = parser.parse_args()

logging.getLogger().setLevel(args.log.upper())
transcript = Path(args.txtfile).read_text()
logging.info("converting audio to 8K sampled wav")
with gentle.resampled(args.audiofile) as wav:
    logging.info("starting alignment")
    aligner = gentle.ForcedAligner(transcript, args.nthreads, args.conservative, args.disfluency)
    result = aligner.transcribe(wav)

if args.output:
    Path(args.output).write_text(result)
else:
    print(result)

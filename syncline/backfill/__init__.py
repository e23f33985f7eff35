"""Everything that lies in a bucket already, as jobs: find it, pair it, price it, queue it.

    listing, inventory, keys      where the objects come from
          |  objects in S3's order
       pairing                    recordings with their transcripts and options
          |  upload sets
       planning                   what is to be done about each, given its record (pure)
          |  records
       sending                    records, then messages, a hundred at a time

`run` puts them together; `price` says what it will cost.
"""

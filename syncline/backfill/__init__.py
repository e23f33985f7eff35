"""Queue jobs for recordings that are already in a bucket: find, pair, price, enqueue.

    listing, inventory, keys      find the objects
          |  objects in S3's order
       pairing                    group recordings with their transcripts and options files
          |  upload sets
       planning                   decide what to do with each job, given its record (pure)
          |  records
       sending                    write records and send messages, in batches of a hundred

`run` composes these steps. `price` estimates the cost.
"""

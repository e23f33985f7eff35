"""Models of every kind: the catalogue, the hub client, fetching, and what is installed.

catalogue   which models exist, where they come from, and the sha256 of their files
kind        what a kind of model must provide: which files to download, how to convert them, how to try out the result
hub         list and download files of the Hugging Face hub
releases    the same for the wheels of spaCy's releases on GitHub
fetching    download, verify, convert, try out, install
installed   find and verify the models in a folder
"""

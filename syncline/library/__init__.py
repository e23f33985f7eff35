"""What `import syncline` offers, implemented on the pipeline that the worker uses. Works on files, without AWS."""

"""What Syncline asks of the operating system: cores, CPU time, child processes, temporary folders."""

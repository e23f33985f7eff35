"""The whole deployment on this machine: moto instead of AWS, everything else as it is deployed."""

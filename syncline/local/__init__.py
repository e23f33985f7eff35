"""The whole deployment on this machine: moto in place of AWS, and every other program as it is deployed."""

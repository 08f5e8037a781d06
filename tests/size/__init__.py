"""A database as large as one day it will be, made in the database itself."""

"""Asterisk behind the uniform CTI API. Nothing outside this folder knows an Asterisk word."""

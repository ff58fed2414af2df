"""Anyone's check of a certificate on paper or as a file, on a page and on the command line, with published keys."""

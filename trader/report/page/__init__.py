"""One self-contained page from a document: charts, tables and what has to be said of them."""

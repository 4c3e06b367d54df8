"""`electra-flow …`: `main` declares the verbs; what each of them does is a module of its own."""

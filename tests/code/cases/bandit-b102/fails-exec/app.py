def load(text):
    exec(text)

def calculate(text):
    return eval(text)

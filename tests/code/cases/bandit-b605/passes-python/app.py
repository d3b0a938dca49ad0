def show(name):
    with open(name) as file:
        print(file.read())

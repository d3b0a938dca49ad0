COMMANDS = {'start': print}


def run(name):
    COMMANDS[name]()

def show(runner, name):
    runner.execute(['cat', '--', name])

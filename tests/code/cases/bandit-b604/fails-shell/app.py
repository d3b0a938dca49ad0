def show(runner, name):
    runner.execute(f'cat {name}', shell=True)

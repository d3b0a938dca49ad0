with open('/tmp/report.txt', 'w') as report:
    report.write('done')

import logging.config


def check(data):
    return data


logging.config.listen(9999, verify=check)

import defusedxml.expatreader

parser = defusedxml.expatreader.create_parser()

import defusedxml.sax

parser = defusedxml.sax.make_parser()

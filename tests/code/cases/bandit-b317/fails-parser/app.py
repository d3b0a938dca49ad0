import xml.sax

parser = xml.sax.make_parser()

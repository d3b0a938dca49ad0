import xml.sax.expatreader

parser = xml.sax.expatreader.create_parser()

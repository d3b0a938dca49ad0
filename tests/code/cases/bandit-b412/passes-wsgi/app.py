from wsgiref.simple_server import make_server

import xml.dom.expatbuilder

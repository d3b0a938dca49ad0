import xml.dom.minidom

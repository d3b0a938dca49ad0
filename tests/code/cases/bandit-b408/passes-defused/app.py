import defusedxml.minidom

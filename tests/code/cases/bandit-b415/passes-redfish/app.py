import redfish
